// tfjs-core on Node ships no gradients in its main file; the union package registers them on import.
import '@tensorflow/tfjs';
import { enableProdMode } from '@tensorflow/tfjs-core';

// Keeps tfjs' advertisement for another backend out of our output; it changes nothing else.
enableProdMode();
