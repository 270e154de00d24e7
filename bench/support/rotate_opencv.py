"""The peer of `npm run bench -- rotate`: OpenCV's imread, rotate, imwrite.

Reads one JSON line a pass: {"files": [...], "out": folder, "quality": 96, "readEach": bool}; answers with the
milliseconds it took. `readEach` reads the file again for every turn.
"""
import json
import os
import sys
import time

import cv2

TURNS = ((90, cv2.ROTATE_90_CLOCKWISE), (180, cv2.ROTATE_180), (270, cv2.ROTATE_90_COUNTERCLOCKWISE))

print(json.dumps({"version": cv2.__version__, "threads": cv2.getNumThreads()}), flush=True)
for line in sys.stdin:
    task = json.loads(line)
    options = [cv2.IMWRITE_JPEG_QUALITY, task["quality"]]
    start = time.perf_counter()
    for path in task["files"]:
        stem = os.path.splitext(os.path.basename(path))[0]
        image = None if task["readEach"] else cv2.imread(path)
        for degrees, turn in TURNS:
            source = cv2.imread(path) if image is None else image
            cv2.imwrite(os.path.join(task["out"], f"{stem}-r{degrees}.jpg"), cv2.rotate(source, turn), options)
    print(json.dumps({"ms": (time.perf_counter() - start) * 1000}), flush=True)
