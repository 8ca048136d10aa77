using System.Collections.Generic;

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
