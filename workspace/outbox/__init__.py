"""Scheduled lists: saved segments that leave each night, to a folder or an HTTP address, each delivery once."""
