using System;
using System.Collections.Generic;
using System.Text;

namespace SharpRunc.Core.Spec.Json;

/// <summary>An object that a <see cref="JsonCursor"/> is reading.</summary>
internal struct JsonObject(int offset, bool isNull, int firstName)
{
    /// <summary>Byte offset of the opening brace in the document.</summary>
    public readonly int Offset = offset;

    public readonly bool IsNull = isNull;

    /// <summary>The index of this object's first name in <see cref="SeenNames"/>.</summary>
    public readonly int FirstName = firstName;

    /// <summary>The names, once there are many of them; null before.</summary>
    public HashSet<string>? Many;
}

/// <summary>
/// The property names seen so far in the objects that are open. Most objects have only a few, so they are compared one by one; an object
/// with more than <see cref="Few"/> gets a set, so that a hostile file cannot make this quadratic.
/// </summary>
internal struct SeenNames
{
    private const int Few = 32;

    private byte[] bytes;
    private int[] ends;

    public SeenNames() => (bytes, ends) = (new byte[1024], new int[65]);

    public int Count { get; private set; }

    /// <summary>False when the object already has this name.</summary>
    public bool Add(ref JsonObject at, ReadOnlySpan<byte> name)
    {
        if (at.Many is not null)
            return at.Many.Add(Encoding.UTF8.GetString(name));
        for (int i = at.FirstName; i < Count; i++)
            if (this[i].SequenceEqual(name))
                return false;
        if (Count - at.FirstName == Few)
            return Spill(ref at).Add(Encoding.UTF8.GetString(name));
        Push(name);
        return true;
    }

    /// <summary>Ensures that one more name can be added through a copy of <paramref name="at"/>.</summary>
    public readonly void Reserve(ref JsonObject at)
    {
        if (at.Many is null && Count - at.FirstName == Few)
            Spill(ref at);
    }

    public void Leave(int firstName) => Count = firstName;

    private readonly ReadOnlySpan<byte> this[int i] => bytes.AsSpan(ends[i], ends[i + 1] - ends[i]);

    private void Push(ReadOnlySpan<byte> name)
    {
        if (Count + 2 > ends.Length)
            Array.Resize(ref ends, ends.Length * 2);
        int end = ends[Count] + name.Length;
        if (end > bytes.Length)
            Array.Resize(ref bytes, Math.Max(end, bytes.Length * 2));
        name.CopyTo(bytes.AsSpan(ends[Count]));
        ends[++Count] = end;
    }

    private readonly HashSet<string> Spill(ref JsonObject at)
    {
        at.Many = new HashSet<string>(StringComparer.Ordinal);
        for (int i = at.FirstName; i < Count; i++)
            at.Many.Add(Encoding.UTF8.GetString(this[i]));
        return at.Many;
    }
}
