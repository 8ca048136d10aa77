using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>In the container's root nothing is loaded or looked up: the image would decide what it is.</summary>
internal sealed partial class LateLoadTests
{
    /// <summary>What a C library, a loader or a language's runtime looks for when it needs it for the first time.</summary>
    private static readonly string[] Traps =
    [
        "lib/libc.so", "lib64/libc.so.6", "lib64/ld-linux-x86-64.so.2", "lib/x86_64-linux-gnu/libc.so.6", "lib/libSystem.Native.so",
            "lib/libgcc_s.so.1", "libSystem.Native.so",
        "lib/libnss_files.so.2", "etc/localtime", "etc/nsswitch.conf", "etc/ld.so.cache", "etc/ld.so.preload", "etc/resolv.conf",
            "etc/hosts", "etc/host.conf",
        "usr/lib/locale/locale-archive", "usr/share/zoneinfo/UTC", "usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache",
            "etc/ssl/openssl.cnf", "etc/timezone",
    ];

    /// <summary>Whoever opens a FIFO to read waits for a writer that never comes.</summary>
    [Test]
    public void Files_of_the_image_that_a_library_would_open_are_not_opened([Values("fifo", "link")] string kind, [Values] bool mapped)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Trapped(runtime, kind);
        if (mapped)
            bundle.WithUserNamespace();
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        runtime.Run("exec", id, "true").Expect(0);
        runtime.Run("exec", "--user", "1000", id, "true").Expect(0);
        // An error is put into words, and a hook is run, in the container too.
        runtime.Run("exec", id, "/no/such/program").Expect(255);
        runtime.RunBundle(bundle.WithArgs("/no/such/program")).Expect(1);
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "PWNED")), Is.False);
    }

    [Test]
    public void After_the_root_switch_only_what_the_config_names_is_opened()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        List<List<Strace.Call>> processes = Strace.TraceContainer(runtime, Trapped(runtime, "fifo").WithArgs("true"), id);
        List<string> opened = Opened(processes, call => call.Name == "pivot_root");
        Assert.That(opened, Is.Not.Empty, "the masked paths at least");
        Assert.That(opened, Has.None.Matches(Loaded()));
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    public void Nor_does_exec_open_anything_else_once_it_is_in_the_mount_namespace()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, Trapped(runtime, "fifo"));
        List<List<Strace.Call>> processes = Strace.TraceAll(runtime, runtime.Command("exec", id, "true"));
        List<string> opened =
            Opened(processes, call => call.Name == "setns" && call.Arguments.Contains("CLONE_NEWNS", StringComparison.Ordinal));
        Assert.That(opened, Is.Not.Empty, "the program at least");
        Assert.That(opened, Has.None.Matches(Loaded()));
    }

    private static Bundle Trapped(Runtime runtime, string kind)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "trap"), "#!/bin/sh\ntouch /PWNED\n");
        foreach (string trap in Traps)
        {
            string path = Path.Combine(bundle.Rootfs, trap);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (kind == "link")
                File.CreateSymbolicLink(path, "/dev/zero"); // would be read for ever
            else
                runtime.Execute(["/usr/bin/mknod", path, "p"]).Expect(0);
        }
        return bundle;
    }

    /// <summary>What is opened, executed or connected to from that call on, up to the container's program.</summary>
    private static List<string> Opened(List<List<Strace.Call>> processes, Predicate<Strace.Call> from)
    {
        List<string> opened = [];
        foreach (List<Strace.Call> calls in processes)
        {
            int first = calls.FindIndex(from);
            for (int i = first + 1; first >= 0 && i < calls.Count; i++)
            {
                if (calls[i].Name is "open" or "openat" or "openat2" or "execve" or "execveat" or "connect" or "socket")
                    opened.Add(calls[i].ToString());
                if (calls[i].Name is "execve" && calls[i].Result == "0")
                    break;
            }
        }
        TestContext.Out.WriteLine(string.Join('\n', opened));
        return opened;
    }

    [GeneratedRegex(@"\.so\b|/etc/(?!passwd|group)|/usr/(share|lib)|self/maps|^(socket|connect)\(")]
    private static partial Regex LoadedPattern();

    private static NUnit.Framework.Constraints.RegexConstraint Loaded() => Does.Match(LoadedPattern());
}
