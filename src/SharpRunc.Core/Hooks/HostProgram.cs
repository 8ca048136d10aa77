using System;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Hooks;

/// <summary>A program of the host, run as a hook is, to its end.</summary>
internal static unsafe class HostProgram
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <param name="name">Looked up in $PATH.</param>
    /// <returns>What it wrote to stdout and stderr.</returns>
    /// <exception cref="ContainerException">It is not in $PATH, or its exit status is not 0.</exception>
    public static string Run(string name, params string[] arguments)
    {
        string[] environment = HookRunner.RuntimeEnvironment();
        int error = ENOENT;
        // Trying to execute is the only test that cannot be wrong a moment later. An empty part would be the working directory.
        foreach (string directory in (ProcessStrings.Variable("PATH") ?? DefaultPath).Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            Hook program = new() { Path = $"{directory}/{name}", Args = [name, .. arguments] };
            HookOutcome outcome;
            HookData* laid = HookLayout.Of([program], [], environment, inheritWhenEmpty: false);
            using Fd input = Fd.Own(laid->Stdin), output = Fd.Own(laid->Output);
            Spawn.Run(laid, &outcome);
            if (outcome.Errno == 0)
                return End(name, outcome, output);
            if (outcome.Errno != ENOENT)
                error = outcome.Errno;
        }
        throw new ContainerException(error == ENOENT ? $"exec: \"{name}\": executable file not found in $PATH" : $"exec: \"{name}\": {strerror(error)}") { Errno = error };
    }

    private static string End(string name, HookOutcome outcome, Fd output)
    {
        Sys.Seek(output, 0);
        string text = KernelText.Decode(Sys.ReadAll(output, name));
        if (outcome.Status == 0)
            return text;
        string end = outcome.Status > 128 ? Signals.Describe(outcome.Status - 128) : $"exit status {outcome.Status}";
        throw new ContainerException($"{name}: {end}: {text.TrimEnd()}");
    }
}
