"""The hospital information system of the demonstration hospital, speaking docs/his-interface.yaml."""
