"""Running runtimes: the host functions, and one door for every kind of runtime."""
