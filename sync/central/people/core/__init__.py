"""Plans an import of subjects before anything changes. PURE. Enter by `import_plan`."""
