"""`payment_*`: what an extrinsic would cost. Its signature may be any, as it is not known yet."""

from node.rpc.context import RpcContext
from node.rpc.declare import Methods
from node.rpc.errors import ErrorCode, RpcError
from node.rpc.extrinsics import opaque
from node.rpc.messages import Json
from node.rpc.params import BlockHash, Bytes
from primitives.scale.types import decode, encode
from primitives.types import U32
from runtime.pallets.transaction_payment import FeeDetails, RuntimeDispatchInfo

methods = Methods()


@methods.method("payment_queryInfo")
async def query_info(rpc: RpcContext, extrinsic: Bytes, at: BlockHash | None = None) -> Json:
    """Weight, class and fee of an extrinsic; the fee is a decimal string."""
    answer = await _ask(rpc, "query_info", extrinsic, at, "Unable to query dispatch info.")
    info: RuntimeDispatchInfo = decode(RuntimeDispatchInfo, answer)
    return {
        "weight": {"ref_time": info.weight.ref_time, "proof_size": info.weight.proof_size},
        "class": info.class_.name.lower(),
        "partialFee": str(info.partial_fee),
    }


@methods.method("payment_queryFeeDetails")
async def query_fee_details(rpc: RpcContext, extrinsic: Bytes, at: BlockHash | None = None) -> Json:
    """The parts of an extrinsic's fee, in hex; null if it pays none."""
    answer = await _ask(rpc, "query_fee_details", extrinsic, at, "Unable to query fee details.")
    details: FeeDetails = decode(FeeDetails, answer)
    fee = details.inclusion_fee
    if fee is None:
        return {"inclusionFee": None}
    return {
        "inclusionFee": {
            "baseFee": hex(fee.base_fee),
            "lenFee": hex(fee.len_fee),
            "adjustedWeightFee": hex(fee.adjusted_weight_fee),
        }
    }


async def _ask(
    rpc: RpcContext, method: str, extrinsic: bytes, at: BlockHash | None, refusal: str
) -> bytes:
    return await rpc.call(
        at,
        f"TransactionPaymentApi_{method}",
        opaque(extrinsic, refusal) + encode(U32, U32(len(extrinsic))),
        lambda why: RpcError(ErrorCode.RUNTIME_FAILED, refusal, why),
    )
