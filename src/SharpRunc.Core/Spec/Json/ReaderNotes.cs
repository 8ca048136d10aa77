using System.Collections.Generic;

namespace SharpRunc.Core.Spec.Json;

/// <summary>What a reader has to say of a document that it takes. Bounded: the place of each is found by walking the document again.</summary>
internal sealed class ReaderNotes
{
    private const int Most = 16;

    /// <summary>Unknown properties are of interest: --debug.</summary>
    public bool WantsUnknown { private get; init; }

    public List<string> Warnings { get; } = [];

    public List<string> Unknown { get; } = [];

    public bool HasRoom => Warnings.Count < Most;

    public bool HasRoomForUnknown => WantsUnknown && Unknown.Count < Most;
}
