namespace SharpRunc.Core.Spec;

/// <summary>The versions of the runtime specification that this runtime supports.</summary>
internal static class SpecVersion
{
    /// <summary>The version reported by <c>state</c>, hooks and <c>features</c>; the latest whose config.json is fully supported.</summary>
    public const string Current = "1.3.0";

    public const int Major = 1, Minor = 3;

    /// <summary>The oldest version that <c>features</c> reports.</summary>
    public const string Oldest = "1.0.0";
}
