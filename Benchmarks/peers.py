"""Throughput of other programs on this machine's cores, each in several forms; random weights, for speed only.

usage: peers.py MODEL FORM THREADS SECONDS [PHOTOS]

MODEL is one of NETWORKS, and matters to the forward pass only. Prints "ready" once it is warm, waits for a line, measures, prints images a second. Used by compare.py, which runs each
form as one process with all threads and as one pinned process a core.
"""
import os
import sys
import time

# The side of an image, and kernel, output channels and stride of each inverted residual block.
NETWORKS = {
    "mobilenet-v2": (160, [
        (3, 16, 1), (3, 24, 2), (3, 24, 1), (3, 32, 2), (3, 32, 1), (3, 32, 1), (3, 64, 2), (3, 64, 1), (3, 64, 1),
        (3, 64, 1), (3, 96, 1), (3, 96, 1), (3, 96, 1), (3, 160, 2), (3, 160, 1), (3, 160, 1), (3, 320, 1)]),
    "efficientnet-lite0": (224, [
        (3, 16, 1), (3, 24, 2), (3, 24, 1), (5, 40, 2), (5, 40, 1), (3, 80, 2), (3, 80, 1), (3, 80, 1), (5, 112, 1),
        (5, 112, 1), (5, 112, 1), (5, 192, 2), (5, 192, 1), (5, 192, 1), (5, 192, 1), (3, 320, 1)]),
}
STANDARD = "mobilenet-v2"
# The network of this process, and the side of its images.
model, SIZE = STANDARD, NETWORKS[STANDARD][0]


def choose(name):
    global model, SIZE
    model, SIZE = name, NETWORKS[name][0]


def onnx_file():
    return os.path.join(os.environ.get("TMPDIR", "/tmp"), f"flowers-tui-bench-{model}.onnx")


def torch_network():
    """The base as a torch.nn.Sequential of stem, blocks and last convolution, of which MobileNetV2 has 19.

    Padding is symmetric, which costs as much as TensorFlow's.
    """
    import torch
    nn = torch.nn

    def convolve(inputs, outputs, size, stride=1, groups=1, activates=True):
        parts = [nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
        return parts + ([nn.ReLU6(inplace=True)] if activates else [])

    class Block(nn.Module):
        def __init__(self, inputs, size, outputs, stride, expansion):
            super().__init__()
            wide = inputs * expansion
            self.adds = stride == 1 and inputs == outputs
            expand = convolve(inputs, wide, 1) if expansion > 1 else []
            self.body = nn.Sequential(
                *expand, *convolve(wide, wide, size, stride, groups=wide), *convolve(wide, outputs, 1, activates=False))

        def forward(self, x):
            return x + self.body(x) if self.adds else self.body(x)

    parts, channels = [nn.Sequential(*convolve(3, 32, 3, 2))], 32
    for index, (size, outputs, stride) in enumerate(NETWORKS[model][1]):
        parts.append(Block(channels, size, outputs, stride, 1 if index == 0 else 6))
        channels = outputs
    parts.append(nn.Sequential(*convolve(channels, 1280, 1)))
    return nn.Sequential(*parts).eval()


def torch_precision(bfloat16):
    import torch
    return torch.autocast("cpu", torch.bfloat16, enabled=bfloat16)


def torch_forward(threads, batch=32, frozen=False, bfloat16=False):
    import torch
    torch.set_num_threads(threads)
    network, x = torch_network(), torch.rand(batch, 3, SIZE, SIZE) * 2 - 1
    with torch.no_grad():
        if frozen:
            network = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, x)))
        else:
            network = network.to(memory_format=torch.channels_last)
            x = x.contiguous(memory_format=torch.channels_last)

    def run():
        with torch.no_grad(), torch_precision(bfloat16):
            network(x)
    return run, batch


def torch_finetune(threads, batch, bfloat16=False):
    """A step of stage 2 without augmentation: blocks 11 on and the head train (Keras' layer 100 lies in block 11)."""
    import torch
    torch.set_num_threads(threads)
    network = torch_network().to(memory_format=torch.channels_last)
    prefix, tail, head = network[:12], network[12:], torch.nn.Linear(1280, 5)
    optimizer = torch.optim.Adam([*tail.parameters(), *head.parameters()], 1e-5)
    labels = torch.randint(0, 5, (batch,))
    x = torch.rand(batch, 3, SIZE, SIZE).contiguous(memory_format=torch.channels_last)

    def run():
        with torch_precision(bfloat16):
            with torch.no_grad():
                kept = prefix(x)
            features = torch.nn.functional.dropout(tail(kept).mean((2, 3)), 0.2)
            loss = torch.nn.functional.cross_entropy(head(features), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return run, batch


def export_onnx(name):
    choose(name)
    if os.path.exists(onnx_file()):
        return
    import torch
    torch.onnx.export(
        torch_network(), torch.rand(2, 3, SIZE, SIZE), onnx_file() + ".part", dynamo=False, input_names=["x"],
        output_names=["y"], dynamic_axes={"x": {0: "n"}})
    os.rename(onnx_file() + ".part", onnx_file())


def pictures(batch):
    import numpy
    return numpy.random.rand(batch, 3, SIZE, SIZE).astype(numpy.float32)


def onnxruntime_forward(threads, batch):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(onnx_file(), options, providers=["CPUExecutionProvider"])
    x = pictures(batch)
    return lambda: session.run(None, {"x": x}), batch


def openvino_model(batch, settings, float32):
    """Held to float32, or in the precision that OpenVINO chooses for the processor."""
    import openvino
    core = openvino.Core()
    model = core.read_model(onnx_file())
    model.reshape([batch, 3, SIZE, SIZE])
    hint = {"INFERENCE_PRECISION_HINT": "f32"} if float32 else {}
    compiled = core.compile_model(model, "CPU", {**hint, **settings})
    print("precision", compiled.get_property("INFERENCE_PRECISION_HINT").to_string(), flush=True)
    return openvino, compiled


def openvino_forward(threads, batch, float32=True):
    _, model = openvino_model(batch, {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}, float32)
    request, x = model.create_infer_request(), pictures(batch)
    return lambda: request.infer({0: x}), batch


def openvino_queue(threads, float32=True):
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "THROUGHPUT"}
    openvino, model = openvino_model(1, settings, float32)
    queue, x = openvino.AsyncInferQueue(model), pictures(1)

    def run():
        for _ in range(32):
            queue.start_async({0: x})
        queue.wait_all()
    return run, 32


def photo_files(photos):
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk(photos) for name in names
                  if name.lower().endswith((".jpg", ".jpeg")))[:200]


def tensorflow_decode(threads, photos):
    """As image_dataset_from_directory loads a photo."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    files = photo_files(photos)

    def load(path):
        picture = tf.image.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
        return tf.image.resize(picture, (SIZE, SIZE), method="bilinear")
    dataset = tf.data.Dataset.from_tensor_slices(files).map(load, num_parallel_calls=threads).batch(32).prefetch(2)

    def run():
        for _ in dataset:
            pass
    return run, len(files)


def pillow_decode(threads, photos):
    """One process; compare.py runs one a core."""
    import numpy
    from PIL import Image
    files = photo_files(photos)

    def run():
        for path in files:
            with Image.open(path) as picture:
                numpy.asarray(picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR), numpy.float32)
    return run, len(files)


# A form begins with the library and its precision, up to the comma; compare.py takes the fastest form of each.
# ONNX Runtime's and PyTorch's defaults are float32.
FORWARD = {
    "PyTorch float32, channels-last": lambda threads: torch_forward(threads),
    "PyTorch float32, frozen TorchScript": lambda threads: torch_forward(threads, frozen=True),
    "PyTorch autocast, channels-last": lambda threads: torch_forward(threads, bfloat16=True),
    "ONNX Runtime float32, batch 1": lambda threads: onnxruntime_forward(threads, 1),
    "ONNX Runtime float32, batch 4": lambda threads: onnxruntime_forward(threads, 4),
    "ONNX Runtime float32, batch 32": lambda threads: onnxruntime_forward(threads, 32),
    "OpenVINO float32, batch 1": lambda threads: openvino_forward(threads, 1),
    "OpenVINO float32, batch 4": lambda threads: openvino_forward(threads, 4),
    "OpenVINO float32, queue": openvino_queue,
    "OpenVINO default, batch 1": lambda threads: openvino_forward(threads, 1, float32=False),
    "OpenVINO default, batch 4": lambda threads: openvino_forward(threads, 4, float32=False),
    "OpenVINO default, queue": lambda threads: openvino_queue(threads, float32=False),
}
FINE_TUNING = {
    "PyTorch float32, fine-tuning batch 32": lambda threads: torch_finetune(threads, 32),
    "PyTorch float32, fine-tuning batch 16": lambda threads: torch_finetune(threads, 16),
    "PyTorch autocast, fine-tuning batch 32": lambda threads: torch_finetune(threads, 32, bfloat16=True),
    "PyTorch autocast, fine-tuning batch 16": lambda threads: torch_finetune(threads, 16, bfloat16=True),
}


DECODING = {"tf.data": tensorflow_decode, "Pillow": pillow_decode}


def main():
    form, threads, seconds, photos = sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]
    choose(sys.argv[1])
    run, images = {**FORWARD, **FINE_TUNING, **DECODING}[form](threads, *photos)
    run()
    run()
    print("ready", flush=True)
    sys.stdin.readline()
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        run()
        done += images
    print(done / (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main()
