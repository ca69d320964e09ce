import ArgumentParser

/// Consent to replace output files.
struct ReplaceOption: ParsableArguments {
    @Flag(help: "Replace what is there already; otherwise that is refused.") var replace = false
}
