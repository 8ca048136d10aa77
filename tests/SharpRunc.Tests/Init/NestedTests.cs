using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Attacks;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>The runtime inside one of its own containers, as root of a user namespace.</summary>
internal sealed class NestedTests
{
    private const string Inner = "/inner/sharprunc --root /run/s";

    [Test]
    public void A_container_in_a_container()
    {
        using Runtime runtime = Runtime.Create();
        Bundle outer = Outer(runtime, $"{Inner} run --bundle /inner/bundle one; echo "
            + $"$?; {Inner} create --bundle /inner/bundle two </dev/null >/dev/null 2>&1 "
            + $"&& {Inner} start two && {Inner} list -q; {Inner} delete -f two; ls /run/s");
        Result result = runtime.RunBundle(outer).Expect(0);
        Assert.That(result.Output, Is.EqualTo("1 0 inner\n7\ntwo\n"), result.Errors);
    }

    [Test]
    public void Exec_in_a_container_in_a_container()
    {
        using Runtime runtime = Runtime.Create();
        Bundle outer = Outer(runtime, $"{Inner} run -d --bundle /inner/bundle one </dev/null >/dev/null "
            + $"2>&1; {Inner} exec one sh -c 'id -u; exit 5'; echo $?; {Inner} delete -f one",
            inner => inner.Process["args"] = new JsonArray("sleep", "100"));
        Assert.That(runtime.RunBundle(outer).Expect(0).Output, Is.EqualTo("0\n5\n"));
    }

    [Test]
    public void A_user_namespace_in_a_user_namespace()
    {
        using Runtime runtime = Runtime.Create();
        Bundle outer = Outer(runtime, $"{Inner} run --bundle /inner/bundle one", MapsAgain);
        Assert.That(runtime.RunBundle(outer).Expect(7).Output, Is.EqualTo("1 0 inner\n"));
    }

    [Test]
    public void Where_proc_is_masked_the_error_says_why_another_cannot_be_mounted()
    {
        using Runtime runtime = Runtime.Create();
        Bundle outer = Outer(runtime, $"{Inner} run --bundle /inner/bundle one", MapsAgain);
        outer.Linux["maskedPaths"] = new JsonArray("/proc/kcore", "/proc/keys");
        runtime.RunBundle(outer).ExpectError("mounts[0] /proc").ExpectError("run the runtime with nothing mounted below /proc");
    }

    [Test]
    public void An_id_mapped_mount_is_of_a_file_system_of_ones_own_user_namespace([Values] bool ownFileSystem)
    {
        using Runtime runtime = Runtime.Create();
        Bundle outer = Outer(runtime, $"mkdir /run/v; touch /run/v/file; {Inner} run --bundle /inner/bundle one", inner =>
        {
            inner.Process["args"] = new JsonArray("stat", "-c", "%u", "/mnt/file");
            inner.Mounting("/mnt", "bind", ownFileSystem ? "/run/v" : "/inner/bundle", "bind", "idmap");
            foreach (string name in new[] { "uidMappings", "gidMappings" })
                inner.Mounts[^1]![name] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = 1000, ["size"] = 10 });
        });
        Result result = runtime.RunBundle(outer);
        if (ownFileSystem)
            Assert.That(result.Expect(0).Output, Is.EqualTo("1000\n"));
        else
            result.ExpectError("cannot map the ids of /mnt").ExpectError("belongs to another user namespace");
    }

    private static void MapsAgain(Bundle inner)
    {
        inner.MapsUsers();
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            inner.Linux[name]![0]!["hostID"] = 0;
    }

    /// <summary>Mapped, unmasked, with all capabilities, and with what the inner one needs below /inner.</summary>
    private static Bundle Outer(Runtime runtime, string script, Action<Bundle>? change = null)
    {
        Bundle inner = runtime.NewBundle("sh", "-c", "echo $$ $(id -u) $(hostname); exit 7");
        inner.Config["hostname"] = "inner";
        inner.Linux.Remove("cgroupsPath");
        inner.Linux.Remove("readonlyPaths");
        inner.Linux.Remove("maskedPaths");
        inner.Mounts.RemoveAt(5);
        change?.Invoke(inner);
        inner.Write();
        File.Copy(runtime.Program, Path.Combine(inner.Sources, "sharprunc"));
        Bundle outer = runtime.NewBundle().Says(script).MapsUsers().WithAllCapabilities();
        outer.Linux.Remove("maskedPaths");
        outer.Linux.Remove("readonlyPaths");
        Directory.CreateDirectory(Path.Combine(outer.Rootfs, "inner", "bundle"));
        File.WriteAllText(Path.Combine(outer.Rootfs, "inner", "sharprunc"), "");
        return outer.Mounting("/run", "tmpfs", "tmpfs", "mode=755").Mounting("/inner/bundle", "bind", inner.Path, "rbind")
            .Mounting("/inner/sharprunc", "bind", Path.Combine(inner.Sources, "sharprunc"), "rbind");
    }
}
