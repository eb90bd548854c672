"""The only place that speaks pycrdt: bytes in, bytes and plain values out."""
