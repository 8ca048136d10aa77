using SharpRunc.Core.Spec;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class FeaturesCommand
{
    /// <summary>cri-o reads stdout and stderr together, so nothing else may be written.</summary>
    public static readonly Command Command = new("features", "", "print what this runtime supports as JSON (features.md)")
    {
        MinArguments = 0,
        MaxArguments = 0,
        Run = (_, _) => Output.Write(FeaturesJson.Write(Build.Version, Build.Commit)),
    };
}
