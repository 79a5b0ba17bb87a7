"""Rating predictors: what value would this listener give that item? One model per file, found by name."""
