using System.Collections.Generic;

namespace SharpRunc.Core.Spec.Json;

/// <summary>An object that a <see cref="JsonCursor"/> is inside of.</summary>
internal struct JsonObject(int offset, bool isNull, int firstName)
{
    /// <summary>Bytes from the document's beginning to the brace.</summary>
    public readonly int Offset = offset;

    public readonly bool IsNull = isNull;

    /// <summary>Where this object's names begin in <see cref="SeenNames"/>.</summary>
    public readonly int FirstName = firstName;

    /// <summary>The names once there are many of them; null before.</summary>
    public HashSet<string>? Many;
}
