namespace SharpRunc.Core.Spec;

/// <summary>The versions of the runtime specification that this runtime speaks.</summary>
internal static class SpecVersion
{
    /// <summary>What <c>state</c>, hooks and <c>features</c> say; the newest config.json that is known whole.</summary>
    public const string Current = "1.3.0";

    public const int Major = 1, Minor = 3;

    /// <summary>The oldest that <c>features</c> announces.</summary>
    public const string Oldest = "1.0.0";
}
