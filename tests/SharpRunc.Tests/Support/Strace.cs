using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using System.Threading;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>The system calls of a program, as strace sees them.</summary>
internal static partial class Strace
{
    private const string Program = "/usr/bin/strace";

    /// <summary>The calls of the program's first process.</summary>
    /// <param name="execute">null: with files for its streams.</param>
    public static List<Call> Trace(Runtime runtime, IReadOnlyList<string> command, Func<IReadOnlyList<string>, Result>? execute = null)
    {
        Require();
        execute ??= words => runtime.Execute(words);
        execute([Program, "-y", "-s", "4096", "-o", Path.Combine(runtime.Work, "trace"), "--", .. command]).Expect(0);
        return Read(runtime)[0];
    }

    /// <summary>The calls of the program and of all that it starts, each process in a list of its own.</summary>
    public static List<List<Call>> TraceAll(Runtime runtime, IReadOnlyList<string> command,
        Func<IReadOnlyList<string>, Result>? execute = null)
    {
        Require();
        execute ??= words => runtime.Execute(words);
        execute([Program, "-ff", "-y", "-s", "4096", "-o", Path.Combine(runtime.Work, "trace"), "--", .. command]).Expect(0);
        return Read(runtime);
    }

    /// <summary>
    /// The calls of `create` and of the container it makes, each process in a list of its own. The container is started at
    /// the end: strace waits for everyone it traces.
    /// </summary>
    public static List<List<Call>> TraceContainer(Runtime runtime, Bundle bundle, string id)
    {
        Require();
        string errors = Path.Combine(runtime.Work, "errors");
        Child strace = Child.Start([Program, "-ff", "-y", "-s", "4096", "-o", Path.Combine(runtime.Work, "trace"), "--",
            .. runtime.Command("create", "--bundle", bundle.Path, id)],
            errors: errors);
        for (int i = 0; i < 1000; i++, Thread.Sleep(10))
            if (runtime.Run("state", id) is { ExitCode: 0 } state && state.Output.Contains("\"created\"", StringComparison.Ordinal))
                break;
        runtime.Run("start", id);
        Assert.That(strace.Wait(TimeSpan.FromSeconds(60)), Is.Zero, () => File.ReadAllText(errors));
        return Read(runtime);
    }

    /// <summary>
    /// Runs the command, which dies by SIGKILL at the <paramref name="occurrence"/>th call of that name, before the call is made.
    /// </summary>
    public static Result KillAt(Runtime runtime, IReadOnlyList<string> command, string call, int occurrence,
        Func<IReadOnlyList<string>, Result>? execute = null)
    {
        Require();
        execute ??= words => runtime.Execute(words);
        return execute([Program, "-o", "/dev/null", "-e", $"inject={call}:signal=SIGKILL:when={occurrence}", "--", .. command]);
    }

    public static void Require()
    {
        if (!File.Exists(Program))
            Assert.Ignore("strace is not installed");
    }

    private static List<List<Call>> Read(Runtime runtime)
    {
        List<List<Call>> processes = [];
        foreach (string file in Directory.GetFiles(runtime.Work, "trace*"))
        {
            processes.Add(Parse(File.ReadAllLines(file)));
            File.Delete(file);
        }
        return processes;
    }

    private static List<Call> Parse(string[] lines)
    {
        List<Call> calls = [];
        foreach (string line in lines)
            if (Line().Match(line) is { Success: true } match)
                calls.Add(new Call(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value));
        return calls;
    }

    [GeneratedRegex(@"^([a-z0-9_]+)\((.*)\)\s+= (.*)$")]
    private static partial Regex Line();

    /// <summary>One call with its arguments and result as text.</summary>
    internal sealed record Call(string Name, string Arguments, string Result)
    {
        public override string ToString() => $"{Name}({Arguments}) = {Result}";
    }
}
