"""Patrol plans as data: which fronts are looked at how often, in which hours, by whom; sets that never change."""
