using SharpRunc.Core;
using SharpRunc.Core.Spec;

namespace SharpRunc;

/// <summary>What this program is; Version and Commit are written by the build.</summary>
internal static partial class Build
{
    /// <summary>As the engines parse it.</summary>
    public const string VersionText = $"{RuntimeContext.Name} version {Version}\ncommit: {Commit}\nspec: {SpecVersion.Current}\n";
}
