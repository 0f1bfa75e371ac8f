"""The kernel under every other room: settings, folders, generations, state, audit. No Dagster, no Streamlit."""
