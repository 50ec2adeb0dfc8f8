"""Azure's own JSON, as the service sends it and estate files keep it, read into current state.

Bodies: Microsoft.Capacity, api-version 2022-11-01 (Azure/azure-rest-api-specs), with
the departures that recorded traffic of the service shows.
"""
