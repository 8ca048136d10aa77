using System;

namespace SharpRunc.Conformance;

/// <summary>One sentence of the specification, in our words, and how a black box decides it.</summary>
/// <param name="Level">MUST, MUST NOT or REQUIRED, as the sentence has it.</param>
/// <param name="Body">Throws <see cref="Failed"/>, <see cref="Skipped"/> or <see cref="Noted"/>.</param>
internal sealed record Test(string Level, string Id, string Text, Action<Box> Body)
{
    /// <summary>document#anchor.</summary>
    public string Anchor { get; init; } = "";

    /// <summary>
    /// The version of the specification that brought the sentence. A runtime that claims an older one may fail it: skipped.
    /// </summary>
    public string Since { get; init; } = "1.0.0";

    public string Url => $"https://github.com/opencontainers/runtime-spec/blob/v1.3.0/{Anchor}";

    public static Test Must(string id, string text, Action<Box> body, string since = "1.0.0")
        => new("MUST", id, text, body) { Since = since };

    public static Test MustNot(string id, string text, Action<Box> body, string since = "1.0.0")
        => new("MUST NOT", id, text, body) { Since = since };

    public static Test Required(string id, string text, Action<Box> body, string since = "1.0.0")
        => new("REQUIRED", id, text, body) { Since = since };
}

/// <summary>The tests of one section of the specification.</summary>
internal sealed record Section(string Anchor, params Test[] Tests);

/// <summary>The runtime does not do as the sentence says.</summary>
internal sealed class Failed(string message) : Exception(message);

/// <summary>This machine or this runtime's claims do not let the sentence be tried.</summary>
internal sealed class Skipped(string message) : Exception(message);

/// <summary>The sentence may be read so that this is right; <c>--strict</c> does not read it so.</summary>
internal sealed class Noted(string message) : Exception(message);
