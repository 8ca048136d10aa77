using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Spec.Json;

/// <summary>
/// What a reader reports about a document that it accepts. Bounded, because locating each entry reads the document again.
/// </summary>
internal sealed class ReaderNotes
{
    private string? closest;
    private int closestChanges = int.MaxValue;

    /// <summary>The bound of each list.</summary>
    public int Most { private get; init; } = 16;

    /// <summary>Unknown properties are wanted: --debug.</summary>
    public bool WantsUnknown { private get; init; }

    public List<string> Warnings { get; } = [];

    public List<string> Unknown { get; } = [];

    /// <summary>Where the rules of seccomp are in the document, in bytes; empty if it has none.</summary>
    public Range SeccompRules { get; set; }

    public bool HasRoom => Warnings.Count < Most;

    public bool HasRoomForUnknown => WantsUnknown && Unknown.Count < Most;

    /// <summary>Remembers the known name that is closest to an unknown one, if a slip of the fingers could have made this of it.</summary>
    public void Consider(ReadOnlySpan<byte> unknown, ReadOnlySpan<byte> known)
    {
        if (!HasRoomForUnknown)
            return;
        int changes = JsonNames.Changes(unknown, known);
        if (changes >= closestChanges || changes > known.Length / 3)
            return;
        (closest, closestChanges) = (System.Text.Encoding.UTF8.GetString(known), changes);
    }

    /// <summary>The closest name since the last call; null: none is close.</summary>
    public string? TakeClosest()
    {
        string? found = closest;
        (closest, closestChanges) = (null, int.MaxValue);
        return found;
    }
}
