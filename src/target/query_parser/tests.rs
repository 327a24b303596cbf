//! The format of inputs, the seeds, and the engine.
