"""The settings by what they are about; config.py puts them together. Nothing else imports these modules."""
