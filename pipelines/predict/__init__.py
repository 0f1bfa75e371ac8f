"""Trains and applies the models of room `models` at night: arrays from the star in, tables of schema `models` out."""
