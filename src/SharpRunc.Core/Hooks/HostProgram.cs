using System;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Hooks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Runs a program of the host, as a hook is run, to its end.</summary>
internal static unsafe class HostProgram
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private const int MaxError = 64 * 1024;

    /// <param name="name">Looked up in $PATH.</param>
    /// <param name="line">Called with each line of its stdout and stderr, without the line end, if the program succeeds.</param>
    /// <exception cref="ContainerException">It is not in $PATH, or its exit status is not 0.</exception>
    public static void Run(string name, string[] arguments, Action<string>? line = null)
    {
        string[] environment = HookRunner.RuntimeEnvironment();
        int error = ENOENT;
        // Executing is the only test that cannot be outdated a moment later. An empty entry would be the working directory, so it is
        // skipped.
        foreach (string directory in (ProcessStrings.Variable("PATH") ?? DefaultPath).Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            Hook program = new() { Path = $"{directory}/{name}", Args = [name, .. arguments] };
            HookOutcome outcome;
            HookData* laid = HookLayout.LayOut([program], [], environment, inheritWhenEmpty: false);
            using Fd input = Fd.Own(laid->Stdin), output = Fd.Own(laid->Output);
            Spawn.Run(laid, &outcome);
            if (outcome.Errno == 0)
            {
                RequireSuccess(name, outcome, output);
                if (line is not null)
                    ForEachLine(output, name, line);
                return;
            }
            if (outcome.Errno != ENOENT)
                error = outcome.Errno;
        }
        string why = error == ENOENT ? "executable file not found in $PATH" : strerror(error);
        throw new ContainerException(ErrorCode.HelperFailed, $"exec: \"{name}\": {why}") { Errno = error };
    }

    private static void RequireSuccess(string name, HookOutcome outcome, Fd output)
    {
        Sys.Seek(output, 0);
        if (outcome.Status == 0)
            return;
        byte[] text = new byte[MaxError];
        int length = Sys.TryRead(output, text, name);
        string end = outcome.Status > 128 ? Signals.Describe(outcome.Status - 128) : $"exit status {outcome.Status}";
        throw new ContainerException(
            ErrorCode.HelperFailed, $"{name}: {end}: {KernelText.Decode(text.AsSpan(0, Math.Max(length, 0))).TrimEnd()}");
    }

    private static void ForEachLine(Fd file, string name, Action<string> line)
    {
        byte[] buffer = new byte[64 * 1024];
        int length = 0;
        while (true)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, 2 * buffer.Length);
            int got = Sys.Read(file, buffer.AsSpan(length), name);
            length += got;
            Span<byte> read = buffer.AsSpan(0, length);
            for (int end = read.IndexOf((byte)'\n'); end >= 0; end = read.IndexOf((byte)'\n'))
            {
                line(KernelText.Decode(read[..end]));
                read = read[(end + 1)..];
            }
            if (got == 0)
            {
                if (!read.IsEmpty)
                    line(KernelText.Decode(read));
                return;
            }
            read.CopyTo(buffer);
            length = read.Length;
        }
    }
}
