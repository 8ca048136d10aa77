using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Spec.Json;

/// <summary>
/// What a reader reports about a document that it accepts. Bounded, because locating each entry reads the document again.
/// </summary>
internal sealed class ReaderNotes
{
    private const int Most = 16;

    /// <summary>Unknown properties are wanted: --debug.</summary>
    public bool WantsUnknown { private get; init; }

    public List<string> Warnings { get; } = [];

    public List<string> Unknown { get; } = [];

    /// <summary>Where the rules of seccomp are in the document, in bytes; empty if it has none.</summary>
    public Range SeccompRules { get; set; }

    public bool HasRoom => Warnings.Count < Most;

    public bool HasRoomForUnknown => WantsUnknown && Unknown.Count < Most;
}
