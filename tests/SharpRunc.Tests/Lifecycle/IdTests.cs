using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class IdTests
{
    [TestCase("a")]
    [TestCase("A_b+c-d.e0")]
    [TestCase(".a")]
    [TestCase("...")]
    [TestCase("+")]
    public void An_id_of_letters_digits_and_a_few_signs_is_taken(string id)
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run("run", "--bundle", runtime.NewBundle("true").Path, id).Expect(0);
    }

    [TestCase(".")]
    [TestCase("..")]
    [TestCase("../a")]
    [TestCase("a/b")]
    [TestCase("/a")]
    [TestCase("a b")]
    [TestCase("a\nb")]
    [TestCase("ä")]
    [TestCase("a:b")]
    [TestCase("*")]
    [Must("create.id-taken")]
    public void An_id_that_could_be_a_path_or_anything_else_is_refused(string id)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        foreach (string command in new[] { "create", "run" })
            runtime.Run(command, "--bundle", bundle.Path, id).ExpectError("invalid container ID format");
    }

    [Test]
    public void An_empty_id_is_refused()
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run("run", "--bundle", runtime.NewBundle("true").Path, "").ExpectError("container id cannot be empty");
    }

    [Test]
    [Must("state.id-unique"), Must("create.id-taken"), Must("create.id-taken-nothing")]
    public void An_id_is_unique_on_the_host()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, bundle);
        bundle.Linux["cgroupsPath"] = $"/{runtime.CgroupName}/other";
        bundle.Write();
        runtime.Run("create", "--bundle", bundle.Path, id).ExpectError("container with given ID already exists");
        runtime.Run("run", "--bundle", bundle.Path, id).ExpectError("container with given ID already exists");
        Assert.That(runtime.Status(id), Is.EqualTo("created"), "the first one is untouched");
        Assert.That(runtime.Pid(id), Is.EqualTo(pid));
        runtime.Run("delete", "--force", id).Expect(0);
        runtime.Run("run", "--bundle", bundle.Path, id).Expect(0);
    }

    [TestCase("state")]
    [TestCase("start")]
    [TestCase("kill")]
    [TestCase("delete")]
    [Must("query.unknown")]
    public void A_container_that_does_not_exist_is_said_so(string command)
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run(command, "nobody").ExpectError("container does not exist");
    }

    [Test]
    public void A_container_may_be_deleted_by_force_that_does_not_exist()
    {
        using Runtime runtime = Runtime.Create();
        runtime.Run("delete", "--force", "nobody").Expect(0);
    }
}
