"""What a page without a browser says."""

from streamlit.testing.v1 import AppTest


def words(app: AppTest) -> str:
    """Everything that the page says in words."""
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption]
    parts += [*app.info, *app.error, *app.success, *app.warning]
    return "\n".join(str(part.value) for part in parts)


def metrics(app: AppTest) -> dict[str, str]:
    """The large figures, by their labels."""
    return {metric.label: metric.value for metric in app.metric}
