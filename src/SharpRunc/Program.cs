using SharpRunc.Linux;

namespace SharpRunc;

internal static class Program
{
    private static int Main(string[] args) => CommandLine.Run(ProcessStrings.Arguments(args));
}
