"""Errors of the pallet, in the order of their indices."""

from typing import Final

from runtime.framework.errors import PalletError


class NetworkDoesNotExist(PalletError, index=0):
    """No such subnet."""


class InvalidModality(PalletError, index=1):
    """Unused: no such modality."""


class InvalidIpType(PalletError, index=2):
    """An address is of version 4 or 6."""


class InvalidIpAddress(PalletError, index=3):
    """The address is no address of its version that can be reached."""


class InvalidPort(PalletError, index=4):
    """Port 0 cannot be served."""


class NotRegistered(PalletError, index=5):
    """The hotkey is not registered, on this subnet or on any, or does not exist."""


class NonAssociatedColdKey(PalletError, index=6):
    """The coldkey does not own the hotkey."""


class NotEnoughStaketoWithdraw(PalletError, index=7):
    """The coldkey has less staked on the hotkey than it wants back."""


class NotEnoughStakeToSetWeights(PalletError, index=8):
    """The hotkey has too little stake to set weights."""


class NotEnoughBalanceToStake(PalletError, index=9):
    """The coldkey has too little balance for this stake."""


class BalanceWithdrawalError(PalletError, index=10):
    """The amount could not be taken from the balance."""


class NoValidatorPermit(PalletError, index=11):
    """Only neurons with a validator permit may set weights on others."""


class WeightVecNotEqualSize(PalletError, index=12):
    """There must be as many uids as weights."""


class DuplicateUids(PalletError, index=13):
    """A uid occurs twice."""


class InvalidUid(PalletError, index=14):
    """A uid is not on the subnet."""


class NotSettingEnoughWeights(PalletError, index=15):
    """The subnet asks for more weights at once."""


class TooManyRegistrationsThisBlock(PalletError, index=16):
    """The block is full of registrations for this subnet."""


class AlreadyRegistered(PalletError, index=17):
    """The hotkey is already registered there."""


class InvalidWorkBlock(PalletError, index=18):
    """The work was done on a block that is too old or does not exist."""


class InvalidDifficulty(PalletError, index=19):
    """The work does not reach the difficulty."""


class InvalidSeal(PalletError, index=20):
    """The work is not the hash of the nonce, the block and the key."""


class MaxWeightExceeded(PalletError, index=21):
    """A normalised weight exceeds the subnet's limit."""


class InvalidTempo(PalletError, index=22):
    """Unused: no valid tempo."""


class AlreadyDelegate(PalletError, index=23):
    """The hotkey is a delegate already."""


class SettingWeightsTooFast(PalletError, index=24):
    """The neuron set weights too recently."""


class IncorrectNetworkVersionKey(PalletError, index=25):
    """The version is not the one that the subnet asks for."""


class ServingRateLimitExceeded(PalletError, index=26):
    """The endpoint was announced too recently."""


class MaxAllowedUidsExceeded(PalletError, index=27):
    """The subnet has no room for so many neurons."""


class TooManyUids(PalletError, index=28):
    """There are more uids than the subnet has neurons."""


class TxRateLimitExceeded(PalletError, index=29):
    """The key acted too recently."""


class StakeRateLimitExceeded(PalletError, index=30):
    """The coldkey added stake to the hotkey too often in this interval."""


class UnstakeRateLimitExceeded(PalletError, index=31):
    """The coldkey removed stake from the hotkey too often in this interval."""


class RegistrationDisabled(PalletError, index=32):
    """The subnet takes no registrations of this kind."""


class TooManyRegistrationsThisInterval(PalletError, index=33):
    """The interval is full of registrations for this subnet."""


class HotkeyOriginMismatch(PalletError, index=34):
    """The work must be done for the caller's own key."""


class SenateMember(PalletError, index=35):
    """Senators are not free to do this."""


class NotSenateMember(PalletError, index=36):
    """The hotkey has no seat in the senate."""


class IncorrectNetuidsLength(PalletError, index=37):
    """Unused: a wrong number of netuids."""


class FaucetDisabled(PalletError, index=38):
    """This chain has no faucet."""


class NotSubnetOwner(PalletError, index=39):
    """The caller does not own the subnet."""


class OperationNotPermittedOnRootSubnet(PalletError, index=40):
    """The root network does not take this call."""


class StakeTooLowForRoot(PalletError, index=41):
    """The stake does not suffice to replace the weakest root validator."""


class AllNetworksInImmunity(PalletError, index=42):
    """All subnets are too young to be replaced."""


class NotEnoughBalance(PalletError, index=43):
    """The balance does not suffice."""


class NotRootSubnet(PalletError, index=44):
    """Only the root network takes this call."""


class IsRoot(PalletError, index=45):
    """The root network cannot be meant here."""


class NoNeuronIdAvailable(PalletError, index=46):
    """The weakest uid could not be replaced."""


class NomStakeBelowMinimumThreshold(PalletError, index=47):
    """The nomination left would be below the minimum."""


class InvalidTake(PalletError, index=48):
    """The take is out of bounds, or not a change in the right direction."""


class NoCommitFound(PalletError, index=50):
    """No commit is waiting to be revealed."""


class InvalidReveal(PalletError, index=52):
    """The weights are not the ones committed to."""


class CommitRevealEnabled(PalletError, index=53):
    """Weights must be committed here, they cannot be set."""


class CommitRevealDisabled(PalletError, index=54):
    """Weights cannot be committed here."""


class TooManyUnrevealedCommits(PalletError, index=55):
    """As many commits as may wait are waiting."""


class ExpiredWeightCommit(PalletError, index=56):
    """The window for revealing this commit is over."""


class RevealTooEarly(PalletError, index=57):
    """The window for revealing this commit is not open yet."""


class InputLengthsUnequal(PalletError, index=58):
    """The lists of a batch are not equally long."""


class CommittingWeightsTooFast(PalletError, index=59):
    """The hotkey committed to weights too short a time ago."""


ERRORS: Final = (
    NetworkDoesNotExist,
    InvalidModality,
    InvalidIpType,
    InvalidIpAddress,
    InvalidPort,
    NotRegistered,
    NonAssociatedColdKey,
    NotEnoughStaketoWithdraw,
    NotEnoughStakeToSetWeights,
    NotEnoughBalanceToStake,
    BalanceWithdrawalError,
    NoValidatorPermit,
    WeightVecNotEqualSize,
    DuplicateUids,
    InvalidUid,
    NotSettingEnoughWeights,
    TooManyRegistrationsThisBlock,
    AlreadyRegistered,
    InvalidWorkBlock,
    InvalidDifficulty,
    InvalidSeal,
    MaxWeightExceeded,
    InvalidTempo,
    AlreadyDelegate,
    SettingWeightsTooFast,
    IncorrectNetworkVersionKey,
    ServingRateLimitExceeded,
    MaxAllowedUidsExceeded,
    TooManyUids,
    TxRateLimitExceeded,
    StakeRateLimitExceeded,
    UnstakeRateLimitExceeded,
    RegistrationDisabled,
    TooManyRegistrationsThisInterval,
    HotkeyOriginMismatch,
    SenateMember,
    NotSenateMember,
    IncorrectNetuidsLength,
    FaucetDisabled,
    NotSubnetOwner,
    OperationNotPermittedOnRootSubnet,
    StakeTooLowForRoot,
    AllNetworksInImmunity,
    NotEnoughBalance,
    NotRootSubnet,
    IsRoot,
    NoNeuronIdAvailable,
    NomStakeBelowMinimumThreshold,
    InvalidTake,
    NoCommitFound,
    InvalidReveal,
    CommitRevealEnabled,
    CommitRevealDisabled,
    TooManyUnrevealedCommits,
    ExpiredWeightCommit,
    RevealTooEarly,
    InputLengthsUnequal,
    CommittingWeightsTooFast,
)
"""All of them, as the pallet declares them."""
