"""Peer of `npm run bench -- input-pipeline`: Pillow + torchvision in a DataLoader, the same recipe and batches.

Prints milliseconds for 1000 pictures, one figure a repetition, as JSON.
"""
import argparse
import json
import os
import time

import torch
import torchvision.transforms as T
from PIL import Image
from torch.utils.data import DataLoader, Dataset


class Pictures(Dataset):
    def __init__(self, folder, size):
        self.paths = sorted(os.path.join(folder, name) for name in os.listdir(folder))
        self.transform = T.Compose(
            [T.ColorJitter(0.2, 0.2, 0.2, 0.1), T.RandAugment(2, 9), T.Resize((size, size)), T.ToTensor()]
        )

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return self.transform(Image.open(self.paths[index]).convert("RGB"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    data = Pictures(args.folder, args.size)
    loader = DataLoader(data, args.batch, num_workers=args.workers, drop_last=True, persistent_workers=args.workers > 0)
    figures = []
    # The first pass starts the worker processes; the second is what is counted.
    for _ in range(2):
        start, count = time.perf_counter(), 0
        for images in loader:
            count += len(images)
        figures.append((time.perf_counter() - start) * 1e6 / count)
    print(json.dumps({"msPer1000": figures[-1]}))


main()
