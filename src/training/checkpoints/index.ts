export { checkpointPath, readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.js';
export { readModelFile, writeModelFile } from './model-file.js';
