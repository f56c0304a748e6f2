"""What people do with runtimes: build, inspect, check and compare them."""
