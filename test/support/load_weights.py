"""Loads a safetensors file into a PyTorch module of the same names, strictly, without the safetensors package.

usage: load_weights.py REFERENCE FILE   (REFERENCE: the original model as `model.…`, for names and shapes)
Prints {name: [shape, SHA-256 of its float32 values, little-endian]} of the loaded module as JSON.
"""
import hashlib, json, struct, sys
import numpy, torch
from torch import nn

TYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        array = numpy.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


def module_like(tensors):
    root = nn.Module()
    norms = {name[: -len(".running_mean")] for name in tensors if name.endswith(".running_mean")}

    def parent(path):
        module = root
        for part in path:
            if part not in module._modules:
                module.add_module(part, nn.Module())
            module = module._modules[part]
        return module

    for name in sorted(norms):
        *path, last = name.split(".")
        parent(path).add_module(last, nn.BatchNorm2d(len(tensors[name + ".running_mean"])))
    for name, tensor in tensors.items():
        *path, last = name.split(".")
        if ".".join(path) not in norms:
            parent(path).register_parameter(last, nn.Parameter(torch.full(tensor.shape, float("nan"))))
    return root


names = {name[len("model.") :]: tensor for name, tensor in read(sys.argv[1]).items() if name.startswith("model.")}
model = module_like(names)
model.load_state_dict(read(sys.argv[2]), strict=True)
state = {name: tensor.detach() for name, tensor in model.state_dict().items() if not name.endswith("num_batches_tracked")}


def digest(tensor):
    return hashlib.sha256(tensor.numpy().astype("<f4").tobytes()).hexdigest()


print(json.dumps({name: [list(tensor.shape), digest(tensor)] for name, tensor in state.items()}))
