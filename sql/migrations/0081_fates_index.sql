-- Fates are counted by role from the index alone; a page in one state comes from it as before.

DROP INDEX input_of_panel_by_state;
CREATE INDEX input_of_panel_by_state ON input (panel_id, state, brought_on DESC, id DESC) INCLUDE (speaker_role);
