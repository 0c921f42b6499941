"""WeChat's official-account side: web authorisation, tokens, template messages, and a phone to read them on."""
