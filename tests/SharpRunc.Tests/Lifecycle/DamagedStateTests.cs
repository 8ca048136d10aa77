using System.IO;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>state.json after a full disk or a crash.</summary>
internal sealed class DamagedStateTests
{
    [Test]
    public void A_container_whose_state_is_damaged_is_listed_and_removed_by_force(
        [Values("empty", "brace", "some", "most", "zeros", "text", "FIFO", "null", "list", "object", "foreign", "directory", "link",
            "another's", "large")] string damage, [Values] bool hasCgroupsPath)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000").WithoutNamespace("pid");
        if (!hasCgroupsPath)
            bundle.Linux.Remove("cgroupsPath");
        string id = Runtime.NewId(), file = Path.Combine(runtime.Root, id, "state.json"), other = Runtime.NewId();
        int pid = runtime.StartContainer(id, bundle);
        runtime.StartContainer(other, runtime.NewBundle("sleep", "1000"));
        Spoil(file, damage, File.ReadAllBytes(Path.Combine(runtime.Root, other, "state.json")));
        foreach (string command in new[] { "state", "start", "kill", "ps", "delete" })
            runtime.Run(command, id).ExpectError($"{file}: ");
        Result state = runtime.Run("state", id);
        Assert.That(state.Errors, Does.Contain("delete --force").And.Not.Contain("LineNumber").And.Not.Contain("JsonReader"));
        Assert.That(runtime.Run("list").Expect(0).Output, Does.Match($"{id} +0 +damaged").And.Match($"{other} +[0-9]+ +running"));
        runtime.Run("delete", "--force", id).Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(Directory.Exists(Path.Combine(runtime.Root, id)), Is.False);
        Assert.That(runtime.Status(other), Is.EqualTo("running"));
    }

    [Test]
    public void A_container_whose_state_is_gone_is_removed_by_force_with_its_processes_and_not_without_them()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), directory = Path.Combine(runtime.Root, id);
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        File.Delete(Path.Combine(directory, "state.json"));
        runtime.Run("delete", id).ExpectError("container does not exist");
        Assert.That(Directory.Exists(directory), Is.True);
        runtime.Run("delete", "--force", id).Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(Directory.Exists(directory), Is.False);
    }

    /// <summary>Whose it is cannot be known.</summary>
    [TestCase("{}")]
    [TestCase("{\"id\":\"a\",\"init_process_pid\":1}")]
    [TestCase("{\"sharprunc\":99}")]
    public void A_whole_one_that_is_not_ours_is_left_alone(string json)
    {
        using Runtime runtime = Runtime.Create();
        string directory = Path.Combine(runtime.Root, "other");
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "state.json"), json);
        Assert.That(runtime.Run("delete", "--force", "other").ExitCode, Is.EqualTo(1));
        Assert.That(File.ReadAllText(Path.Combine(directory, "state.json")), Is.EqualTo(json));
        Directory.Delete(directory, recursive: true);
    }

    private static void Spoil(string file, string damage, byte[] anothers)
    {
        byte[] whole = File.ReadAllBytes(file);
        File.Delete(file);
        if (damage == "FIFO")
            Sys.TryMknodAt(Fd.Cwd, file, S_IFIFO | 0x180, 0);
        else if (damage == "directory")
            Directory.CreateDirectory(file);
        else if (damage == "link")
            File.CreateSymbolicLink(file, "/etc/passwd");
        else
            File.WriteAllBytes(file, damage switch
            {
                "empty" => [],
                "brace" => "{"u8.ToArray(),
                "some" => whole[..40],
                "most" => whole[..^20],
                "zeros" => new byte[whole.Length],
                "null" => "null"u8.ToArray(),
                "list" => "[]"u8.ToArray(),
                "object" => "{}"u8.ToArray(),
                "another's" => anothers, // whose processes must not be ended for it
                "large" => new byte[100 << 20],
                "foreign" => "{\"initPid\":1}"u8.ToArray(),
                _ => Encoding.UTF8.GetBytes("no state at all"),
            });
    }
}
