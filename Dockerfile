# One image for the dashboard and the workers; compose.yaml says which of them a container is.
FROM python:3.11-slim
RUN useradd --create-home desk
WORKDIR /desk
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY --chown=desk app.py ./
COPY --chown=desk .streamlit/config.toml .streamlit/config.toml
COPY --chown=desk pages pages
COPY --chown=desk smscore smscore
RUN mkdir data /state && chown desk data /state
USER desk
CMD ["python", "-m", "smscore", "worker"]
