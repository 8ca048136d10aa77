using SharpRunc.Core;
using SharpRunc.Core.Spec;

namespace SharpRunc;

/// <summary>The identity of this program; the build writes Version and Commit.</summary>
internal static partial class Build
{
    /// <summary>In the format that engines parse.</summary>
    public const string VersionText = $"{RuntimeContext.Name} version {Version}\ncommit: {Commit}\nspec: {SpecVersion.Current}\n";
}
