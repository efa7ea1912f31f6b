function(ctx) { to: ctx.identity.traits.email, template: 'welcome' }
