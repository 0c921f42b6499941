"""Looking at a page before patients do: click-to-edit, drafts on a phone, the checklist before publishing."""
