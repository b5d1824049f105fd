"""Data that comes from us: reference tables (CSV) and the synthetic company. Nothing here reads a warehouse."""
