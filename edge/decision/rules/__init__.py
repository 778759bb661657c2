"""The rules that `decide` asks, by what they look at. Each yields its objections, none or several."""
