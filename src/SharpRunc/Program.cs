using System.Diagnostics.CodeAnalysis;
using SharpRunc.Linux;

namespace SharpRunc;

internal static class Program
{
    [DynamicDependency(nameof(Entry.Begin), typeof(Entry))]
    private static int Main(string[] args) => CommandLine.Run(ProcessStrings.Arguments(args));
}
