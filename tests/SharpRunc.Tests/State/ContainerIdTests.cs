using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.State;

namespace SharpRunc.Tests.State;

internal sealed class ContainerIdTests
{
    [TestCase("a")]
    [TestCase("Web_1+2-3.4")]
    [TestCase("...")]
    [TestCase("-x")]
    public void Letters_digits_and_four_signs_make_an_id(string id) => Assert.That(ContainerId.Parse(id).Value, Is.EqualTo(id));

    [Test]
    public void It_has_at_most_1024_characters()
    {
        Assert.That(ContainerId.Parse(new string('x', 1024)).Value, Has.Length.EqualTo(1024));
        Assert.That(() => ContainerId.Parse(new string('x', 1025)), Throws.TypeOf<ContainerException>());
    }

    [Test]
    public void An_empty_one_has_its_own_text()
        => Assert.That(() => ContainerId.Parse(""), Throws.TypeOf<ContainerException>()
            .With.Message.EqualTo("container id cannot be empty"));

    [TestCase(".")]
    [TestCase("..")]
    [TestCase("../x")]
    [TestCase("a/b")]
    [TestCase("/")]
    [TestCase("a b")]
    [TestCase("a\n")]
    [TestCase("a\0")]
    [TestCase("é")]
    [TestCase("a%")]
    public void Nothing_else_names_a_container(string id)
        => Assert.That(() => ContainerId.Parse(id), Throws.TypeOf<ContainerException>()
            .With.Message.EqualTo("invalid container ID format"));
}
