// tfjs-core on Node ships no gradients in its main file; the union package registers them on import.
import '@tensorflow/tfjs';
